from rest_framework.routers import SimpleRouter

from catalog.api.views import EssentialMedicineViewSet, ProductViewSet

router = SimpleRouter()
router.register("essential-medicines", EssentialMedicineViewSet, basename="essential-medicine")
router.register("products", ProductViewSet, basename="product")
urlpatterns = router.urls
